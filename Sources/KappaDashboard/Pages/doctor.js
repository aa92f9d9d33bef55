// What stands behind the page, what is wrong with it, and the doors for other programs.

import {ask, may, site} from './app.js';
import {el, table} from './dom.js';
import {session} from './session.js';
import {clockSkew, span, stamp, zoneName} from './format.js';

const states = {good: ['● good', 'fresh'], poor: ['▲ look at it', 'late'], bad: ['✕ wrong', 'bad']};

export async function show(host) {
  const answer = await ask('/api/doctor');
  const skew = clockSkew();
  const checks = [...answer.checks, {name: 'clock of this browser', state: Math.abs(skew) < 5000 ? 'good' : 'poor', words: Math.abs(skew) < 5000 ? 'agrees with the server' : `${span(skew)} ${skew > 0 ? 'behind' : 'ahead of'} the server; ages are reckoned by the server's`}];
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Settings and doctor')),
    el('section', {class: 'panel'}, el('h2', {}, 'Checks'), table([{name: 'what'}, {name: 'state'}, {name: 'found'}],
      checks.map(c => [c.name, el('span', {class: `state ${states[c.state][1]}`}, states[c.state][0]), c.words]))),
    el('section', {class: 'panel'}, el('h2', {}, 'In use'), table([{name: 'setting'}, {name: 'value'}],
      [['program', `kappa ${site.version}`], ['view store', answer.store], ['view', answer.view], ['brokers', answer.brokers], ['zone of the site', zoneName()], ['started', stamp(answer.started)], ['review levels', answer.hasLevels ? 'from a register' : 'none: --levels names a register'], ['topic of alarms', answer.alarms], ['changes by this page', !session.allowsChanges ? 'none: it only reads' : may('operator') ? 'you may acknowledge alarms, produce and switch generations' : 'operators may; you look on']])),
    el('section', {class: 'panel'}, el('h2', {}, 'Doors for other programs'),
      el('p', {}, 'The newest results: ', ['csv', 'ndjson', 'xlsx'].map((k, i) => [i ? ', ' : '', el('a', {href: `/data/latest.${k}`}, `/data/latest.${k}`)])),
      el('p', {}, 'Results of a range: ', el('code', {}, '/data/readings.csv?instrument=piezometer&borehole=BH-01&from=7d')),
      el('p', {}, 'This server described for programs: ', el('a', {href: '/openapi.json'}, '/openapi.json'), ' (OpenAPI 3.1)'),
      el('p', {}, 'Grafana: ', el('a', {href: '/doors/grafana-datasource.yaml'}, 'data source'), ' and ', el('a', {href: '/doors/grafana-dashboard.json'}, 'dashboard'), ', to put into its provisioning folders.'),
      el('h2', {}, 'pandas'), el('pre', {}, answer.doors.pandas), el('h2', {}, 'Power BI and Excel'), el('pre', {}, answer.doors.powerBI)));
}
