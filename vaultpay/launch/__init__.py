"""Starting the whole product on one machine: embedded servers, processes, supervision. Used by `make run` and the tests."""
