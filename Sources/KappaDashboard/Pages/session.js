// Who looks, and what they may do. Where there are users, nothing is shown before somebody has signed in.

import {el, fill} from './dom.js';

export const session = {
  role: 'viewer', user: null, hasUsers: false, allowsChanges: false,

  /** Asks the server who this is; the cookie is one that scripts cannot read. */
  async begin() {
    try { Object.assign(session, await (await fetch('/api/session')).json()); } catch { /* The server is away, which the badge says. */ }
    const box = document.getElementById('session');
    box.hidden = !session.user;
    fill(box, session.user ? el('button', {type: 'button', title: `You are ${session.role}`, onclick: session.end}, `${session.user} · sign out`) : null);
    // A screen that only listens stays signed in.
    if (session.user) setInterval(() => fetch('/api/session').catch(() => {}), 600000);
  },

  /** The session is over: the form comes back. */
  lost() { if (session.hasUsers && session.role !== 'nobody') location.reload(); },

  async end() {
    await fetch('/api/session/end', {method: 'POST'});
    location.reload();
  },

  form() {
    const trouble = el('p', {class: 'bad', role: 'status'});
    const name = el('input', {name: 'name', autocomplete: 'username', required: true}), password = el('input', {name: 'password', type: 'password', autocomplete: 'current-password', required: true});
    const button = el('button', {class: 'primary'}, 'Sign in');
    return el('form', {class: 'panel signin', onsubmit: async event => {
      event.preventDefault();
      button.disabled = true;
      try {
        const answer = await fetch('/api/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name: name.value, password: password.value})});
        if (answer.ok) return location.reload();
        trouble.textContent = (await answer.text()).trim();
      } catch { trouble.textContent = 'The server does not answer.'; }
      button.disabled = false;
      password.value = '';
      password.focus();
    }}, el('h1', {}, 'Sign in'), el('label', {}, 'Name', name), el('label', {}, 'Password', password), button, trouble);
  },
};
