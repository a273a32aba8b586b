"""The stack of `make up`: broker, mongod, mail catcher and services on one machine without Docker."""
