/** What pages outside the dashboard import from `/embed/freshet-live.js`. */
export { connect } from '@freshet/live-client/embed';
