"""Run command lines of `lmutau`, each in a fork with little memory and time; print what came of them as JSON.

    python in_forks.py COMMANDS.json

A script rather than a test: forks start in a process that has imported all, but has neither threads nor open stores.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

SECONDS, BYTES = 30, 2 * 2**30  # of a command; beyond what the imports have taken


def main():
    import dask.array
    import matplotlib.figure
    import xarray
    import zarr

    import scanner.execution.estimate
    import scanner.execution.run
    import scanner.store.verify
    import scanner.view.plot
    from scanner.cli.main import cli

    assert all((dask.array, matplotlib.figure, xarray, zarr, scanner))
    for number, arguments in enumerate(json.loads(Path(sys.argv[1]).read_text())):
        output = Path(f"{number}.txt")
        pid = os.fork()
        if not pid:
            with output.open("w") as file:
                for stream in (1, 2):
                    os.dup2(file.fileno(), stream)
            own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (own + BYTES, own + BYTES))
            signal.alarm(SECONDS)
            code = 70
            try:
                cli(arguments, prog_name="lmutau")
            except SystemExit as end:
                code = end.code or 0
            except BaseException:
                import traceback

                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        status = os.waitpid(pid, 0)[1]
        line = json.dumps([os.waitstatus_to_exitcode(status), output.read_text(errors="replace")])
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
