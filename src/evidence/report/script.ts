/**
 * The script in the page, as text: filters, the table of trials, the reader. It builds every node with textContent,
 * so nothing of a trace is ever parsed as HTML, and it asks the network for nothing.
 */
export const SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const node = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/* The theme: the reader's setting until the button says otherwise. */
document.getElementById('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});

/* Task by task. */
const grid = document.getElementById('grid-filters');
if (grid) {
  const rows = [...document.querySelectorAll('#grid tbody tr')];
  const apply = () => {
    const { text, split, flips, count } = grid.elements;
    let shown = 0;
    for (const row of rows) {
      const match = row.dataset.task.toLowerCase().includes(text.value.toLowerCase())
        && (split.value === '' || row.dataset.split === split.value)
        && (!flips.checked || row.dataset.flip === 'yes');
      row.hidden = !match;
      if (match) shown += 1;
    }
    count.value = shown + (shown === 1 ? ' task' : ' tasks');
  };
  grid.addEventListener('input', apply);
  grid.addEventListener('submit', (event) => event.preventDefault());
}

/* Trials, a page at a time. */
const PAGE = 100;
const trials = document.getElementById('trial-filters');
const body = document.querySelector('#trial-table tbody');
const more = document.getElementById('more');
let found = [];
let drawn = 0;
const plain = (value, digits) => (value === null ? '' : Number(value.toFixed(digits)).toLocaleString('en'));
function drawTrials() {
  for (const [arm, task, split, attempt, outcome, , tokens, cost, ms, message, place] of found.slice(drawn, drawn + PAGE)) {
    const head = node('th', { scope: 'row' }, task);
    const cells = [arm, split, String(attempt), outcome, plain(tokens, 0), plain(cost, 4), plain(ms === null ? null : ms / 1000, 1), message];
    const read = place < 0 ? '' : node('a', { href: '#read', class: 'jump', 'data-place': place, 'aria-label': 'Read ' + task + ', ' + arm + ', attempt ' + attempt }, 'read');
    body.append(node('tr', {}, head, ...cells.map((cell) => node('td', {}, cell)), node('td', {}, read)));
  }
  drawn = Math.min(found.length, drawn + PAGE);
  more.hidden = drawn >= found.length;
}
function filterTrials() {
  const { text, arm, split, outcome, kept, count } = trials.elements;
  const words = text.value.toLowerCase();
  found = data.trials.filter((row) => (arm.value === '' || row[0] === arm.value)
    && (split.value === '' || row[2] === split.value)
    && (outcome.value === '' || row[4] === outcome.value)
    && (!kept.checked || row[10] >= 0)
    && (words === '' || row[1].toLowerCase().includes(words) || row[9].toLowerCase().includes(words)));
  count.value = found.length + ' of ' + data.trials.length + ' trials';
  body.replaceChildren();
  drawn = 0;
  drawTrials();
}
trials.addEventListener('input', filterTrials);
trials.addEventListener('submit', (event) => event.preventDefault());
more.addEventListener('click', drawTrials);
filterTrials();

/* The reader. */
const readerForm = document.getElementById('reader-filters');
const reader = document.getElementById('reader');
const nameOf = ({ task, arm, attempt, outcome }) => task + ', ' + arm + ', attempt ' + attempt + ': ' + outcome;
function listTrajectories() {
  const { text, trial } = readerForm.elements;
  const words = text.value.toLowerCase();
  const before = trial.value;
  trial.replaceChildren(...data.trajectories.flatMap((one, index) => {
    const name = nameOf(one);
    return name.toLowerCase().includes(words) ? [node('option', { value: index }, name)] : [];
  }));
  if ([...trial.options].some((option) => option.value === before)) trial.value = before;
}
function segment(piece) {
  if ('gap' in piece) return node('span', { class: 'gap' }, ' [' + piece.gap.toLocaleString('en') + ' characters left out] ');
  return piece.m ? node('mark', {}, piece.t) : piece.t;
}
function drawStep(step) {
  const calls = step.calls.length === 0 ? '' : ' · ' + step.calls.join(', ');
  const texts = step.texts.flatMap(({ name, s }) => [node('span', { class: 'note' }, name), node('pre', {}, ...s.map(segment))]);
  return node('div', { class: step.cited ? 'step cited' : 'step', 'data-step': step.i, tabindex: '-1' },
    node('h4', {}, 'Step ' + step.i + ' · ' + step.role + calls + (step.cited ? ' · cited' : '')), ...texts);
}
function drawSide(one) {
  const parts = [node('h3', {}, nameOf(one))];
  let last = -1;
  for (const step of one.steps) {
    if (step.i > last + 1) parts.push(node('p', { class: 'gap' }, 'Steps ' + (last + 1) + ' to ' + (step.i - 1) + ' left out'));
    parts.push(drawStep(step));
    last = step.i;
  }
  if (one.total > last + 1) parts.push(node('p', { class: 'gap' }, (one.total - last - 1) + ' more steps left out'));
  if (one.end !== '') parts.push(node('p', { class: 'end' }, one.end));
  return node('article', {}, ...parts);
}
function open(place, step) {
  const one = data.trajectories[place];
  if (one === undefined) return;
  readerForm.elements.text.value = '';
  listTrajectories();
  readerForm.elements.trial.value = String(place);
  const other = data.trajectories[one.beside];
  const sides = other === undefined ? [one] : one.arm === 'baseline' ? [one, other] : [other, one];
  reader.replaceChildren(node('div', { class: 'sides' }, ...sides.map(drawSide)));
  readerForm.elements.shown.value = 'Shown: ' + sides.map(nameOf).join(', beside ');
  const side = reader.querySelectorAll('article')[sides.indexOf(one)];
  const target = step === undefined ? document.getElementById('read') : side.querySelector('[data-step="' + step + '"]');
  if (target) { target.scrollIntoView({ block: 'start' }); if (step !== undefined) target.focus({ preventScroll: true }); }
}
readerForm.elements.text.addEventListener('input', listTrajectories);
readerForm.elements.trial.addEventListener('change', (event) => open(Number(event.target.value)));
readerForm.addEventListener('submit', (event) => event.preventDefault());
readerForm.elements.cited.addEventListener('click', () => {
  const steps = [...reader.querySelectorAll('.step.cited')];
  const next = steps[(steps.indexOf(document.activeElement) + 1) % Math.max(1, steps.length)];
  if (next) { next.scrollIntoView({ block: 'start' }); next.focus({ preventScroll: true }); }
});
document.addEventListener('click', (event) => {
  const jump = event.target.closest ? event.target.closest('a.jump') : null;
  if (jump === null) return;
  event.preventDefault();
  open(Number(jump.dataset.place), jump.dataset.step === undefined ? undefined : Number(jump.dataset.step));
});
listTrajectories();
if (data.trajectories.length > 0) {
  const first = data.trajectories[0];
  const other = data.trajectories[first.beside];
  reader.replaceChildren(node('div', { class: 'sides' }, ...(other ? [first, other] : [first]).map(drawSide)));
} else {
  reader.textContent = 'No trajectory was kept.';
}
addEventListener('beforeprint', () => { for (const one of document.querySelectorAll('details')) one.open = true; });
`;
