// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything that programs use, in one include. README.md says what each header is for.

#include "thalweg/common/error.h"
#include "thalweg/common/fields.h"
#include "thalweg/common/log.h"
#include "thalweg/common/time.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/dstream/kafka_stream.h"
#include "thalweg/dstream/streaming_context.h"
#include "thalweg/rdd/context.h"
#include "thalweg/runtime/session.h"
#include "thalweg/telemetry/listener.h"
