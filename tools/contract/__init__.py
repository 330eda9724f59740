"""The HTTP contract as an OpenAPI document, written from what the code itself declares."""
