export { firing, resolved, staleAlert } from './alerts.js';
export { FailingOutbox } from './failing-outbox.js';
export { outboxSuite } from './outbox-suite.js';
export { startHttpReceiver, type HttpReceiver } from './http-receiver.js';
