export { firing, resolved, staleAlert } from './alerts.js';
export { MemoryOutbox } from './memory-outbox.js';
export { outboxSuite } from './outbox-suite.js';
export { startHttpReceiver, type HttpReceiver } from './http-receiver.js';
