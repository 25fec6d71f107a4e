"""Image files of others, read into arrays and written from them; what is known of their geometry."""
