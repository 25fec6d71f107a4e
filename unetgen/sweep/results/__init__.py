"""The results of a sweep as a table: its columns and cells, the best rows, the formats."""
