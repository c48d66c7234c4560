// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// Files of a directory, on this machine, HDFS or S3: rows of each batch into files of their own.
extern const Connector connector;

}  // namespace thalweg::files
