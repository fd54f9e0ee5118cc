import { connect } from './freshet-live.js';

const live = connect();
const output = document.querySelector('#orders');
const words = document.querySelector('#state');

live.subscribe({ metric: 'orders', range: { kind: 'last', ms: 3_600_000 } }, (state) => {
  const points = state.data?.points ?? [];
  output.value = points.reduce((sum, { value }) => sum + (value ?? 0), 0);
  output.style.opacity = state.kind === 'stale' ? 0.5 : 1;
  words.textContent = state.kind === 'error' ? state.message : state.kind;
});
