import { MemoryOutbox } from './memory-outbox.js';
import { outboxSuite } from './testing/outbox-suite.js';

outboxSuite('memory', () => Promise.resolve(new MemoryOutbox()));
