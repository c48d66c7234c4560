# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.sql.functions``: there to be imported; the functions come with SQL.

``import *`` leaves out the names that Python has itself (``sum``, ``max``, ``round``, ...):
programs on streams that say it, without using SQL, go on to mean Python's.
"""

import builtins
from collections.abc import Callable
from typing import Any

from thalweg.pyspark.sql.later import refuse_sql

_NAMES = (
    "abs acos add_months aggregate approx_count_distinct array array_contains array_distinct "
    "array_join array_max array_min array_sort arrays_zip asc ascii asin atan avg base64 bin "
    "broadcast bround cbrt ceil coalesce col collect_list collect_set column concat concat_ws "
    "conv corr cos cosh count count_distinct countDistinct crc32 create_map cume_dist "
    "current_date current_timestamp date_add date_diff date_format date_sub date_trunc datediff "
    "dayofmonth dayofweek dayofyear decode degrees dense_rank desc element_at encode exists exp "
    "explode explode_outer expm1 expr factorial filter first flatten floor forall format_number "
    "format_string from_csv from_json from_unixtime from_utc_timestamp get_json_object greatest "
    "grouping hash hex hour hypot ifnull initcap input_file_name instr isnan isnull json_tuple "
    "kurtosis lag last last_day lead least length levenshtein lit locate log log10 log1p log2 "
    "lower lpad ltrim map_concat map_entries map_from_arrays map_keys map_values max max_by md5 "
    "mean median min min_by minute mode monotonically_increasing_id month months_between nanvl "
    "next_day nth_value ntile nvl nvl2 overlay pandas_udf percent_rank percentile_approx "
    "posexplode pow product quarter radians rand randn rank regexp_extract regexp_replace repeat "
    "reverse rint round row_number rpad rtrim schema_of_json second sequence session_window sha1 "
    "sha2 shiftleft shiftright shuffle signum sin sinh size skewness slice sort_array soundex "
    "spark_partition_id split sqrt stddev stddev_pop stddev_samp struct substring substring_index "
    "sum sum_distinct tan tanh timestamp_seconds to_csv to_date to_json to_timestamp "
    "to_utc_timestamp transform translate trim trunc udf udtf unbase64 unhex unix_timestamp upper "
    "var_pop var_samp variance weekofyear when window window_time xxhash64 year zip_with "
).split()

__all__ = [name for name in _NAMES if not hasattr(builtins, name)]


def _refused(name: str) -> Callable[..., Any]:
    def function(*arguments: Any, **named: Any) -> Any:
        refuse_sql(f"pyspark.sql.functions.{name}()")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``{name}`` of SQL, which comes in a later version: calling it is refused."
    return function


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = globals()[name] = _refused(name)
    return function
