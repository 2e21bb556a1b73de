package io.cloister.cli;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What `code init` writes.
final class NewProject {
    private static final String RUN =
            """
            # Everyone of the computation can read this file. Keep what is secret in modules: they are encrypted.
            from cloister import Enclave


            def main() -> int:
                with Enclave() as enclave:
                    # Encrypted modules resolve only inside this block.
                    import secret_module

                    for data in enclave.read():  # or read(n): those of the n-th data provider, from 0
                        secret_module.take(data)
                    enclave.write(secret_module.result())  # or write(x, n): to the n-th consumer only
                return 0


            if __name__ == "__main__":
                raise SystemExit(main())
            """;

    private static final String SECRET =
            """
            # Encrypted before it leaves this machine.
            import csv
            import io
            from collections import defaultdict

            totals = defaultdict(int)


            def take(data) -> None:
                for row in csv.DictReader(io.TextIOWrapper(data, encoding="utf-8")):
                    totals[row["group"]] += int(row["count"])


            def result() -> bytes:
                lines = [f"{group},{totals[group]}\\n" for group in sorted(totals)]
                return ("group,count\\n" + "".join(lines)).encode()
            """;

    private static final String README =
            """
            # A Cloister project

            | File | Who sees it |
            |---|---|
            | `run.py` | everyone of the computation: it is where the run begins |
            | `secret_module.py`, and any file you add | nobody else: encrypted before it leaves this machine |
            | `testdata/PROVIDER/` | stays on this machine: sample files of each data provider |
            | `README.md` | stays on this machine |

            What to do next, from the folder above:

                cloister code test FOLDER        run it here, as an enclave would
                cloister code check FOLDER       what an enclave would refuse, without running anything
                cloister code push FOLDER        encrypt, upload and sign it, once you have joined a computation
            """;

    /// Content by path, in the order of the paths.
    static final Map<String, String> FILES =
            Collections.unmodifiableMap(
                    new TreeMap<>(
                            Map.of(
                                    "run.py",
                                    RUN,
                                    "secret_module.py",
                                    SECRET,
                                    "README.md",
                                    README,
                                    "testdata/clinic/patients.csv",
                                    "group,count\nunder 40,12\n40 to 60,31\nover 60,27\n",
                                    "testdata/laboratory/samples.csv",
                                    "group,count\nunder 40,5\n40 to 60,8\nover 60,13\n")));

    private NewProject() {}
}
