import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { commandOf } from '../../../../services/broker/requests/route.ts';

function nameOf(area: string, subclass: string | undefined, cmd: string): string {
  try {
    return commandOf({ class: area, cmd, ...(subclass !== undefined && { subclass }) });
  } catch (fault) {
    return fault instanceof MediaError ? fault.code : String(fault);
  }
}

test('class, subclass and cmd name a command', () => {
  assert.equal(nameOf('media', 'session', 'create'), 'session.create');
  assert.equal(nameOf('core', 'user', 'login'), 'core.user.login');
  assert.equal(nameOf('core', undefined, 'ping'), 'core.core.ping');
  assert.equal(nameOf('core', '', 'ping'), 'core.core.ping');
});

test('old words for a place and for commands are understood', () => {
  assert.equal(nameOf('session', undefined, 'set_answer'), 'session.set_answer');
  assert.equal(nameOf('media', undefined, 'update_media'), 'session.update_media');
  assert.equal(nameOf('media', 'session', 'start'), 'session.create');
  assert.equal(nameOf('media', 'session', 'stop'), 'session.destroy');
  assert.equal(nameOf('session', undefined, 'info'), 'session.get_info');
  assert.equal(nameOf('media', undefined, 'list'), 'session.get_list');
  assert.equal(nameOf('room', undefined, 'list'), 'room.get_list');
  assert.equal(nameOf('media', 'room', 'info'), 'room.get_info');
});

test('a media command without a subclass is one of sessions if they have it, else of the only place that does', () => {
  assert.equal(nameOf('media', undefined, 'create'), 'session.create');
  assert.equal(nameOf('media', undefined, 'msglog_send'), 'room.msglog_send');
  assert.equal(nameOf('media', undefined, 'renew'), 'lease.renew');
});

test('what nobody knows is told apart: class, subclass, cmd', () => {
  assert.equal(nameOf('video', 'session', 'create'), 'not_implemented');
  assert.equal(nameOf('media', 'mixer', 'create'), 'not_implemented');
  assert.equal(nameOf('media', undefined, 'dance'), 'not_implemented');
  assert.equal(nameOf('media', 'session', 'dance'), 'unknown_command');
  assert.equal(nameOf('media', 'room', 'dance'), 'not_implemented');
  assert.equal(nameOf('core', 'user', 'dance'), 'unknown_command');
  assert.equal(nameOf('core', 'kitchen', 'dance'), 'unknown_command');
});

test('no word finds its way around the parts', () => {
  assert.equal(nameOf('media', 'core.user', 'login'), 'not_implemented');
  assert.equal(nameOf('media', 'core', 'user.login'), 'not_implemented');
  assert.equal(nameOf('__proto__', 'constructor', 'toString'), 'not_implemented');
  assert.equal(nameOf('media', '__proto__', 'constructor'), 'not_implemented');
  assert.equal(nameOf('media', 'session', 'constructor'), 'unknown_command');
});

test('the hint lists what is known', () => {
  assert.throws(() => commandOf({ class: 'media', subclass: 'session', cmd: 'nope' }), {
    message: "Unknown command 'nope'",
    hint:
      'cmd "nope" is not known; known: create, destroy, get_answer, get_info, get_list, get_offer, ' +
      'get_stats, get_status, link, set_answer, set_candidate, set_candidate_end, set_type, unlink, update_media',
  });
});
