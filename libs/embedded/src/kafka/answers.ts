import kafkajs from 'kafkajs';

/** Resolves true when a broker at this address answers and is part of a cluster with a controller. */
export async function answersAsBroker(host: string, port: number): Promise<boolean> {
  const admin = new kafkajs.Kafka({
    clientId: 'freshet-ready',
    brokers: [`${host}:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers, controller } = await admin.describeCluster();
    return brokers.length > 0 && controller !== null;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
