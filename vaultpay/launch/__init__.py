"""The whole product on one machine: embedded servers, processes, supervision. For `make run` and the tests."""
