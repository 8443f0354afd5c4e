import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommand, checkEnvelope, commandNames, isCommandName } from '#schemas';
import { commandFacts } from '#services/console';
import { checkText, idsIn, pretty, withField } from '../../../../services/console/browser/api/check.ts';
import { commandsIn, type Command } from '../../../../services/console/browser/api/facts.ts';
import { sampleOf, sampleValue } from '../../../../services/console/browser/api/sample.ts';
import { curlRequest } from '../../../../services/console/browser/shell.ts';

const facts: unknown = JSON.parse(JSON.stringify(commandFacts()));
const commands = commandsIn(facts);

function named(name: string): Command {
  const command = commands.find((known) => known.name === name);
  assert.ok(command, name);
  return command;
}

test('every command of the schema files is told, with class, subclass and cmd', () => {
  assert.deepEqual(
    commands.map(({ name }) => name),
    [...commandNames].sort(),
  );
  const { class: cls, subclass, cmd } = named('core.event.subscribe');
  assert.deepEqual([cls, subclass, cmd], ['core', 'event', 'subscribe']);
  assert.equal(named('session.create').class, 'media');
});

test('fields have their type, description and whether they are required, also behind a reference', () => {
  const { fields, repliesList } = named('session.create');
  const field = (name: string): object | undefined => fields.find((known) => known.name === name);

  assert.deepEqual(field('wait_timeout'), {
    name: 'wait_timeout',
    type: 'integer',
    required: false,
    description: 'Seconds the session may lack an answer. Default 60.',
    minimum: 1,
    maximum: 86400,
  });
  assert.equal(fields.find(({ name }) => name === 'type')?.required, true);
  assert.ok(fields.find(({ name }) => name === 'type')?.values?.includes('echo'));
  assert.ok(fields.find(({ name }) => name === 'offer')?.fields?.some(({ name }) => name === 'sdp'));
  assert.equal(repliesList, false);
  assert.equal(named('session.get_list').repliesList, true);
});

test('the sample of every command is one the broker takes, and the page has nothing against it', () => {
  for (const command of commands) {
    const sample = sampleOf(command, {});
    const envelope = checkEnvelope(sample);
    assert.ok(envelope.ok && isCommandName(command.name), command.name);
    const checked = checkCommand(command.name, envelope.value.data ?? {});
    assert.ok(checked.ok, `${command.name}: ${checked.ok ? '' : JSON.stringify(checked.violations)}`);
    assert.deepEqual(checkText(pretty(sample), commands).problems, [], command.name);
  }
});

test('every field can be added to a sample with a value that its schema takes', () => {
  for (const command of commands)
    for (const field of command.fields) {
      const { data: given } = sampleOf(command, {});
      const data = {
        ...(typeof given === 'object' ? given : {}),
        [field.name]: sampleValue(command, field, {}),
      };
      assert.ok(isCommandName(command.name));
      const checked = checkCommand(command.name, data);
      assert.ok(
        checked.ok,
        `${command.name} ${field.name}: ${checked.ok ? '' : JSON.stringify(checked.violations)}`,
      );
    }
});

test('a sample is about the session and the room that were seen last', () => {
  const known = { ...idsIn({ session_id: 'node0001-a', other: 1 }), ...idsIn({ room_id: 'hall' }) };

  assert.deepEqual(sampleOf(named('session.destroy'), known)['data'], { session_id: 'node0001-a' });
  assert.deepEqual(sampleOf(named('room.get_info'), known)['data'], { room_id: 'hall' });
  assert.deepEqual(idsIn([1]), {});
});

test('a text that is not JSON is told with its line and column', () => {
  const { envelope, problems } = checkText('{\n  "class": "media"\n  "cmd": 1\n}', commands);

  assert.equal(envelope, undefined);
  assert.match(problems[0]?.text ?? '', /^Not JSON, line 3, column 3: /);
  assert.equal(problems[0]?.at, 23);
  assert.equal(problems[0].severity, 'error');
});

test('what cannot be a command is an error, what the broker may refuse is a warning', () => {
  const texts = (text: string): readonly string[] =>
    checkText(text, commands).problems.map(({ severity, text: said }) => `${severity}: ${said}`);

  assert.deepEqual(texts(''), ['error: There is nothing to send']);
  assert.deepEqual(texts('[]'), ['error: The command must be an object: { … }']);
  assert.deepEqual(texts('{"class":"media"}'), ['error: cmd is required, as a text']);
  assert.match(texts('{"class":"media","cmd":"x"}').join(), /^warning: No command of this broker/);
  const data = { type: 'ehco', bitrate: -1, wait_reply: 'soon', offr: 1, offer: {} };
  const found = texts(JSON.stringify({ class: 'media', subclass: 'session', cmd: 'create', data }));
  assert.deepEqual(
    found.map((line) => line.replace(/one of .*/, 'one of')),
    [
      'warning: data.type must be one of',
      'warning: data.bitrate must be at least 0',
      'warning: data.wait_reply must be a boolean',
      'warning: data.offr is not a field of this command',
      'warning: data.offer.sdp is required',
    ],
  );
  assert.deepEqual(texts('{"class":"media","subclass":"session","cmd":"destroy"}'), [
    'warning: data.session_id is required',
  ]);
});

test('texts truncated at any length never throw', () => {
  const text = pretty(sampleOf(named('session.create'), {}));
  for (let length = 0; length < text.length; length += 1)
    assert.equal(checkText(text.slice(0, length), commands).envelope, undefined);
});

test('a field is added to the data and the rest stays', () => {
  const text = '{"class":"media","subclass":"session","cmd":"get_list"}';

  assert.deepEqual(JSON.parse(withField(text, 'a', 1) ?? ''), {
    class: 'media',
    subclass: 'session',
    cmd: 'get_list',
    data: { a: 1 },
  });
  assert.equal(withField('{', 'a', 1), undefined);
});

test('an apostrophe in a command does not end it in the shell', () => {
  assert.match(curlRequest('http://h', `{"a":"it's"}`), /-d '\{"a":"it'\\''s"\}'$/);
});
