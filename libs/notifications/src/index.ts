export { resolveAddresses, type Address, type ResolvedAddresses } from './addresses.js';
export { openChannel } from './channels/open-channel.js';
export type { MailServer } from './channels/email-channel.js';
export { Delivery, type DeliveryEvents } from './delivery.js';
export { MemoryOutbox } from './memory-outbox.js';
export { alertName } from './messages/alertmanager.js';
export type { Links } from './messages/links.js';
export type { Notice, NoticeState, Outbox, OutboxEntry } from './notice.js';
export { maskedNotifications, notificationSettingsFromEnv, type NotificationSettings } from './settings.js';
