import { PROVIDERS } from '../payments/providers.js';
import { TOPICS } from '../stream/message.js';

const options = (names: readonly string[]) => names.map((name) => `<option>${name}</option>`).join('');
const form = (kind: string, title: string, what: string, field: string, names: readonly string[]) => `
<form data-kind="${kind}"><h2>${title}</h2><p>${what}</p>
<label>${field} <select name="${field}">${options(names)}</select></label>
<label>minutes <input name="minutes" type="number" min="0.1" max="240" step="any" value="3" required></label>
<button>Start</button></form>`;

/** The control panel: one page without a build. */
export const CONTROL_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Shop · control panel</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
form{border:1px solid #8886;border-radius:8px;padding:.75rem 1rem;margin:1rem 0;display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}
h2,form p{flex-basis:100%;margin:0}h2{font-size:1rem}
button,select,input{font:inherit;padding:.25rem .6rem}input{width:5rem}
</style></head><body>
<h1>Shop · control panel</h1>
<p id="state" role="status">…</p>
${form('provider-outage', 'Provider outage', 'Nearly every attempt to pay by this provider fails, slowly.', 'provider', PROVIDERS)}
${form('late-wave', 'Late wave', 'Messages are held back and arrive together at the end.', 'topic', TOPICS)}
${form('silence', 'Silence', 'Nothing at all is sent to this topic; what would have been is lost.', 'topic', TOPICS)}
<h2>Incidents</h2><ul id="incidents"></ul><button id="end">End all</button>
<script>
const at = (ms) => new Date(ms).toLocaleTimeString();
async function show() {
  try {
    const health = await (await fetch('/health')).json();
    document.querySelector('#state').textContent = health.status +
      (health.live ? ', live' : health.behindMs === null ? '' : ', ' + Math.round(health.behindMs / 60000) + ' min behind');
    const response = await fetch('/incidents');
    if (!response.ok) return;
    const { nowMs, incidents } = await response.json();
    document.querySelector('#incidents').replaceChildren(...incidents.toReversed().map((incident) => {
      const item = document.createElement('li');
      item.textContent = incident.kind + ' · ' + (incident.provider ?? incident.topic) + ' · ' + at(incident.fromMs) +
        ' to ' + at(incident.untilMs) + (incident.untilMs > nowMs ? ' · running' : '');
      return item;
    }));
  } catch { document.querySelector('#state').textContent = 'The shop does not answer.'; }
}
for (const form of document.forms) form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch('/incidents/' + form.dataset.kind, { method: 'POST', body: JSON.stringify(Object.fromEntries(new FormData(form))) });
  show();
});
document.querySelector('#end').addEventListener('click', async () => { await fetch('/incidents', { method: 'DELETE' }); show(); });
show(); setInterval(show, 2000);
</script></body></html>
`;
