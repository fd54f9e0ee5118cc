import type { LogEndSeen } from '@freshet/freshness';
import { createKafka, kafkaSettingsFromEnv } from '@freshet/kafka';
import type { LogEnds } from './broker-watch.js';

/** Where logs end, asked over one connection that is opened at the first question. */
export function kafkaLogEnds(env: NodeJS.ProcessEnv): LogEnds {
  const admin = createKafka(kafkaSettingsFromEnv(env, 'freshet-gateway')).admin();
  let connected: Promise<void> | undefined;
  return {
    async read(topic): Promise<readonly LogEndSeen[]> {
      connected ??= admin.connect();
      try {
        await connected;
      } catch (error) {
        connected = undefined;
        throw error;
      }
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.map(({ partition, high }) => {
        const highWatermark = Number(high);
        return { partition, lastStable: highWatermark, highWatermark };
      });
    },
    close: () => admin.disconnect(),
  };
}
