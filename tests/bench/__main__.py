"""`python -m tests.bench`: measure, show the table, write docs/bench.md."""

if __name__ == "__main__":
    # Each measuring process imports this file: what only the command needs stays out of its memory.
    from tests.bench.command import main

    main()
