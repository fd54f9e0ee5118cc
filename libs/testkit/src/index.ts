export { startTestStore, type TestStore, type TestStoreOptions } from './clickhouse/test-store.js';
export { cloudEvent, type CloudEvent, type EventOptions } from './events/cloud-event.js';
export { factsOf } from './events/decoded.js';
export {
  click,
  orderCancelled,
  orderPlaced,
  paymentAttempted,
  type ClickData,
  type ClickType,
  type OrderData,
  type PaymentData,
} from './events/shop-events.js';
export { startTestBroker, type TestBroker } from './kafka/test-broker.js';
export { until, type UntilOptions } from './until.js';
