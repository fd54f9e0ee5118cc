package freshet.bench.flink;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/** Fires a second after a change, by the clock, and once more before the window is forgotten. */
final class EverySecond extends Trigger<Contribution, TimeWindow> {
  private static final long EVERY_MS = 1_000;

  private final ValueStateDescriptor<Boolean> dirty =
      new ValueStateDescriptor<>("dirty", Boolean.class);
  private final long latenessMs;

  EverySecond(long latenessMs) {
    this.latenessMs = latenessMs;
  }

  @Override
  public TriggerResult onElement(
      Contribution value, long timeMs, TimeWindow window, TriggerContext context) throws Exception {
    ValueState<Boolean> state = context.getPartitionedState(dirty);
    if (state.value() == null) {
      state.update(true);
      long nowMs = context.getCurrentProcessingTime();
      context.registerProcessingTimeTimer(nowMs - nowMs % EVERY_MS + EVERY_MS);
      context.registerEventTimeTimer(window.maxTimestamp() + latenessMs);
    }
    return TriggerResult.CONTINUE;
  }

  @Override
  public TriggerResult onProcessingTime(long timeMs, TimeWindow window, TriggerContext context)
      throws Exception {
    return fireIfDirty(context);
  }

  @Override
  public TriggerResult onEventTime(long timeMs, TimeWindow window, TriggerContext context)
      throws Exception {
    return timeMs >= window.maxTimestamp() + latenessMs
        ? fireIfDirty(context)
        : TriggerResult.CONTINUE;
  }

  @Override
  public void clear(TimeWindow window, TriggerContext context) {
    context.getPartitionedState(dirty).clear();
  }

  private TriggerResult fireIfDirty(TriggerContext context) throws Exception {
    ValueState<Boolean> state = context.getPartitionedState(dirty);
    if (state.value() == null) {
      return TriggerResult.CONTINUE;
    }
    state.clear();
    return TriggerResult.FIRE;
  }
}
