# SPDX-License-Identifier: Apache-2.0
"""Programs that read and write."""

import os
from typing import Any

from rdd_programs import glom, program, refused


@program
def parallelize_cuts_batches(sc: Any, folder: str) -> Any:
    return [
        [list(map(len, glom(sc.parallelize(list(range(size)), slices)))) for slices in (1, 2, 3, 7)]
        for size in (0, 1, 2, 5, 10, 100, 5000)
    ]


@program
def parallelize_cuts_ranges_evenly(sc: Any, folder: str) -> Any:
    return [glom(sc.parallelize(range(3, 30, 4), slices)) for slices in (1, 2, 3, 10)]


@program
def parallelize_takes_any_iterable(sc: Any, folder: str) -> Any:
    given = [{3: 1, 4: 2}, "abc", (x for x in (1, 2)), {7}, (5, 6)]
    return [glom(sc.parallelize(rows, 2)) for rows in given]


@program
def parallelize_makes_default_parallelism_partitions(sc: Any, folder: str) -> Any:
    return sc.parallelize([1, 2, 3]).getNumPartitions(), sc.defaultParallelism


@program
def range_counts(sc: Any, folder: str) -> Any:
    return [
        glom(sc.range(7, numSlices=3)),
        glom(sc.range(2, 9, 2, 2)),
        glom(sc.range(5, 0, -2, 2)),
        sc.range(3, 3).collect(),
    ]


@program
def an_empty_rdd_has_no_partitions(sc: Any, folder: str) -> Any:
    rdd = sc.emptyRDD()
    return rdd.getNumPartitions(), rdd.collect(), rdd.isEmpty(), rdd.count(), rdd.sum()


@program
def a_text_file_is_read_in_lines(sc: Any, folder: str) -> Any:
    path = os.path.join(folder, "lines.txt")
    with open(path, "wb") as file:
        file.write("first\nsecond\n\ngrüße\nlast without end".encode())
    return sc.textFile(path).collect(), sc.textFile(path, use_unicode=False).count()


@program
def a_pattern_names_several_files(sc: Any, folder: str) -> Any:
    for name in ("a1.txt", "a2.txt", "b1.txt"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(name + "\n")
    return sorted(sc.textFile(folder + "/a*.txt").collect())


@program
def whole_files_come_with_their_paths(sc: Any, folder: str) -> Any:
    for name in ("1.txt", "2.txt"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("text of\n" + name)
    texts = sorted(sc.wholeTextFiles(folder).collect())
    data = sorted(sc.binaryFiles(folder).collect())
    shown = [(path[:5], os.path.basename(path), text) for path, text in texts]
    return shown, [(os.path.basename(path), bytes(content)) for path, content in data]


@program
def records_of_a_binary_file(sc: Any, folder: str) -> Any:
    with open(os.path.join(folder, "records"), "wb") as file:
        file.write(bytes(range(12)))
    return [bytes(record) for record in sc.binaryRecords(folder + "/records", 4).collect()]


@program
def text_is_saved_as_it_prints(sc: Any, folder: str) -> Any:
    rows = [1, "two", (3, "x"), None, b"four", 5.5, "grüße"]
    sc.parallelize(rows, 2).saveAsTextFile(folder + "/out")
    names = sorted(name for name in os.listdir(folder + "/out") if name[0] not in "._")
    return names, sc.textFile(folder + "/out").collect()


@program
def text_is_saved_compressed(sc: Any, folder: str) -> Any:
    import gzip

    codec = "org.apache.hadoop.io.compress.GzipCodec"
    sc.parallelize(["a", "b"], 1).saveAsTextFile(folder + "/out", codec)
    with gzip.open(folder + "/out/part-00000.gz") as file:
        return file.read()


@program
def an_existing_directory_is_not_overwritten(sc: Any, folder: str) -> Any:
    os.mkdir(folder + "/out")
    try:
        sc.parallelize([1]).saveAsTextFile(folder + "/out")
    except Exception:
        return "refused"


@program
def pickled_rows_come_back(sc: Any, folder: str) -> Any:
    sc.parallelize([1, "two", [3], {"four": 4.0}, None], 2).saveAsPickleFile(folder + "/out")
    return sorted(map(str, sc.pickleFile(folder + "/out").collect()))


@program
def a_text_file_is_cut_into_partitions(sc: Any, folder: str) -> Any:
    path = os.path.join(folder, "lines.txt")
    with open(path, "w") as file:
        file.writelines(f"line {i} {'x' * (i % 7)}\n" for i in range(50))
    return [glom(sc.textFile(path, count)) for count in (1, 2, 3, 5)]


@program
def lines_may_end_in_many_ways(sc: Any, folder: str) -> Any:
    path = os.path.join(folder, "lines.txt")
    with open(path, "wb") as file:
        file.write(b"unix\nwindows\r\nempty\n\nbad \xff utf-8\nlast")
    return sc.textFile(path, 1).collect()


@program
def compressed_text_is_read(sc: Any, folder: str) -> Any:
    import bz2
    import gzip

    with gzip.open(os.path.join(folder, "a.txt.gz"), "wb") as file:
        file.write(b"one\ntwo\n")
    with bz2.open(os.path.join(folder, "b.txt.bz2"), "wb") as other:
        other.write(b"three\n")
    return sorted(sc.textFile(folder).collect())


@program
def several_paths_have_commas_between(sc: Any, folder: str) -> Any:
    for name in ("a", "b", "c"):
        os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, name, "file"), "w") as file:
            file.write(name)
    paths = ",".join(os.path.join(folder, name) for name in ("c", "a"))
    return sorted(sc.textFile(paths).collect()), sorted(sc.textFile(folder + "/[ab]").collect())


@program
def hidden_files_are_not_read(sc: Any, folder: str) -> Any:
    for name in ("seen", ".hidden", "_hidden"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(name)
    return sc.textFile(folder).collect(), sc.wholeTextFiles(folder).values().collect()


@program
def saved_text_has_a_file_for_each_partition(sc: Any, folder: str) -> Any:
    sc.parallelize(range(5), 3).map(lambda x: f"{x}\n{x}").saveAsTextFile(folder + "/out")
    shown = []
    for name in sorted(os.listdir(folder + "/out")):
        if not name.startswith("."):
            with open(os.path.join(folder, "out", name)) as file:
                shown.append((name, file.read()))
    return shown


@program
def missing_files_are_an_error(sc: Any, folder: str) -> Any:
    path = folder + "/none"
    return [
        refused(lambda: sc.textFile(path).count()) != "",
        refused(lambda: sc.pickleFile(path).count()) != "",
        refused(lambda: sc.wholeTextFiles(path).count()) != "",
        refused(lambda: sc.binaryRecords(path, 4).count()) != "",
    ]
