// Everything once.

change({});
followAddress();
