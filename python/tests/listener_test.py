# SPDX-License-Identifier: Apache-2.0
"""Listeners are told what the streams do, in our words and in PySpark's."""

import time
from typing import Any

import thalweg
from programs import SECONDS_MAX, LineServer
from thalweg.pyspark.streaming import StreamingContext, StreamingListener

BATCHES = 3


class Recorder(StreamingListener):
    """All events by the method that was called."""

    def __init__(self) -> None:  # As many do, without calling the base's.
        self.events: list[tuple[str, Any]] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on"):
            return lambda event: self.events.append((name, event))
        return super().__getattribute__(name)

    def of(self, name: str) -> list[Any]:
        return [event for method, event in self.events if method == name]


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_every_batch_is_told_three_times(sc):
    ssc = StreamingContext(sc, 0.1)
    recorder = Recorder()
    ssc.addStreamingListener(recorder)
    ssc.queueStream([[1], [2], [3]]).foreachRDD(lambda rdd: rdd.count())
    ssc.start()
    wait_until(lambda: len(recorder.of("onBatchCompleted")) >= BATCHES)
    ssc.stop(False)
    assert len(recorder.of("onStreamingStarted")) == 1
    assert recorder.of("onStreamingStarted")[0].time() > 0
    for number in range(BATCHES):
        submitted, started, completed = (
            recorder.of(name)[number].batchInfo()
            for name in ("onBatchSubmitted", "onBatchStarted", "onBatchCompleted")
        )
        for info in (submitted, started, completed):
            assert info.batchTime().milliseconds() == submitted.batchTime().milliseconds()
            assert info.submissionTime() >= 0
            assert info.numRecords() == 0  # A queue does not count.
            assert info.streamIdToInputInfo() == {}
        assert submitted.schedulingDelay() == submitted.processingDelay() == -1
        assert started.schedulingDelay() >= 0
        assert started.processingDelay() == started.totalDelay() == -1
        assert completed.processingDelay() >= 0
        assert completed.totalDelay() >= completed.processingDelay()
        output = completed.outputOperationInfos()[0]
        assert output.id() == 0
        assert output.endTime() >= output.startTime() > 0
        assert output.failureReason() is None
        assert output.name().startswith("foreachRDD at ")


def test_what_failed_is_told(sc):
    ssc = StreamingContext(sc, 0.1)
    recorder = Recorder()
    ssc.addStreamingListener(recorder)
    ssc.queueStream([["no number"]]).map(int).foreachRDD(lambda rdd: rdd.count())
    ssc.start()
    wait_until(lambda: recorder.of("onOutputOperationCompleted"))
    ssc.stop(False)
    info = recorder.of("onOutputOperationCompleted")[0].outputOperationInfo()
    assert "no number" in info.failureReason()
    assert len(recorder.of("onOutputOperationStarted")) >= 1


def test_a_receiver_is_told_with_its_records(sc):
    with LineServer() as server:
        ssc = StreamingContext(sc, 0.1)
        recorder = Recorder()
        ssc.addStreamingListener(recorder)
        ssc.socketTextStream("localhost", server.port).foreachRDD(lambda rdd: None)
        ssc.start()
        server.accept()
        server.send("a", "b")
        wait_until(
            lambda: sum(e.batchInfo().numRecords() for e in recorder.of("onBatchCompleted")) == 2
        )
        ssc.stop(False)
    receiver = recorder.of("onReceiverStarted")[0].receiverInfo()
    assert receiver.streamId() == 0
    assert receiver.name()
    records = [e.batchInfo().streamIdToInputInfo() for e in recorder.of("onBatchCompleted")]
    assert sum(info[0].numRecords() for info in records if info) == 2


def test_a_listener_that_raises_is_forgotten(sc):
    class Raising(StreamingListener):
        def onBatchCompleted(self, batchCompleted: Any) -> None:
            raise ValueError("not my batch")

    ssc = StreamingContext(sc, 0.1)
    recorder = Recorder()
    ssc.addStreamingListener(Raising())
    ssc.addStreamingListener(recorder)
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    wait_until(lambda: len(recorder.of("onBatchCompleted")) >= 2)
    assert ssc.awaitTerminationOrTimeout(0.01) is False
    ssc.stop(False)


def test_listeners_of_our_own_get_plain_records(context):
    class Batches(thalweg.StreamingListener):
        def __init__(self) -> None:
            self.batches: list[Any] = []

        def on_batch_completed(self, batch: Any) -> None:
            self.batches.append(batch)

    listener = Batches()
    streaming = thalweg.StreamingContext(context, 0.1)
    streaming.add_streaming_listener(listener)
    streaming.queue_stream([[1]]).for_each_rdd(lambda rdd: rdd.count())
    streaming.start()
    wait_until(lambda: listener.batches)
    streaming.stop(stop_spark_context=False)
    batch = listener.batches[0]
    assert batch.processing_delay >= 0
    assert batch.total_delay >= batch.processing_delay
    assert batch.output_operation_infos[0].duration >= 0
