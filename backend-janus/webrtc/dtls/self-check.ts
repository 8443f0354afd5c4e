import { makeCertificate, type Certificate } from './certificate.ts';
import { ClientHandshake } from './handshake/client-handshake.ts';
import { MessageReader } from './handshake/message-reader.ts';
import { contentType, PeerRefused, type Said } from './handshake/message.ts';
import { ServerHandshake } from './handshake/server-handshake.ts';

type Role = 'client' | 'server';
type Handshake = ClientHandshake | ServerHandshake;

/** A client and a server that know each other's certificates, and what one of them does wrong. */
interface Trial {
  readonly client: ClientHandshake;
  readonly server: ServerHandshake;
  /** Sends its Finished in clear. */
  readonly bare?: Role;
}

interface Keys {
  /** Whose certificate the peer expects. */
  readonly own: Certificate;
  /** The same certificate with a key that is not its own. */
  readonly stolen: Certificate;
  /** One that nobody expects. */
  readonly strange: Certificate;
}

interface Fraud {
  readonly name: string;
  readonly mustBeRefusedBy: Role;
  readonly make: (keys: Keys) => Trial;
}

const frauds: readonly Fraud[] = [
  {
    name: 'a client whose CertificateVerify is not made with the key of its certificate',
    mustBeRefusedBy: 'server',
    make: ({ own, stolen }) => trial(own, stolen, own),
  },
  {
    name: 'a server whose key exchange is not signed with the key of its certificate',
    mustBeRefusedBy: 'client',
    make: ({ own, stolen }) => trial(own, own, stolen),
  },
  {
    name: 'a client whose certificate is not the one that is expected',
    mustBeRefusedBy: 'server',
    make: ({ own, strange }) => trial(own, strange, own),
  },
  {
    name: 'a server whose certificate is not the one that is expected',
    mustBeRefusedBy: 'client',
    make: ({ own, strange }) => trial(own, own, strange),
  },
  {
    name: 'a client with a wrong Finished',
    mustBeRefusedBy: 'server',
    make: ({ own }) => withWrongFinished(trial(own), 'client'),
  },
  {
    name: 'a server with a wrong Finished',
    mustBeRefusedBy: 'client',
    make: ({ own }) => withWrongFinished(trial(own), 'server'),
  },
  {
    name: 'a client with an unprotected Finished',
    mustBeRefusedBy: 'server',
    make: ({ own }) => withBareFinished(trial(own), 'client'),
  },
  {
    name: 'a server with an unprotected Finished',
    mustBeRefusedBy: 'client',
    make: ({ own }) => withBareFinished(trial(own), 'server'),
  },
];

let isChecked = false;

/**
 * Makes sure, once per process, that the DTLS code is the one that was checked, that an honest handshake succeeds and
 * that each kind of fraud is refused. Throws an Error with a sentence for the operator otherwise; nothing turns it off.
 */
export function checkDtls(): void {
  if (isChecked) return;
  const own = makeCertificate(0);
  const strange = makeCertificate(0);
  const keys: Keys = { own, strange, stolen: { ...own, key: strange.key } };
  const honest = outcome(trial(own));
  if (honest !== 'connected') throw refusal(`an honest handshake is refused by the ${honest}`);
  for (const { name, mustBeRefusedBy, make } of frauds)
    if (outcome(make(keys)) !== mustBeRefusedBy) throw refusal(`${name} is not refused`);
  isChecked = true;
}

function refusal(what: string): Error {
  return new Error(`DTLS does not prove its peers (${what}), so no media server is started.`);
}

function trial(expected: Certificate, ofClient = expected, ofServer = expected): Trial {
  const fingerprints = [expected.fingerprint];
  return {
    client: new ClientHandshake(ofClient, fingerprints),
    server: new ServerHandshake(ofServer, fingerprints),
  };
}

function withWrongFinished(made: Trial, role: Role): Trial {
  const { cipher } = made[role].context;
  Object.assign(cipher, { verifyData: () => Buffer.alloc(12) });
  return made;
}

function withBareFinished(made: Trial, role: Role): Trial {
  return { ...made, bare: role };
}

/** Plays a handshake to its end: who refused it, or that both have the same keys. Rethrows what is no refusal. */
function outcome(played: Trial): Role | 'connected' | 'unfinished' {
  const readers = { client: new MessageReader(), server: new MessageReader() };
  let said: readonly Said[] = played.client.begin();
  for (let from: Role = 'client'; said.length > 0; from = other(from)) {
    const to = other(from);
    try {
      said = carry(said, played[from], played[to], readers[to], played.bare === from);
    } catch (cause) {
      if (cause instanceof PeerRefused) return to;
      throw cause;
    }
  }
  return haveSameKeys(played) ? 'connected' : 'unfinished';
}

/** Brings a flight to the other side, and returns what that says to it. */
function carry(
  flight: readonly Said[],
  from: Handshake,
  to: Handshake,
  reader: MessageReader,
  isBare: boolean,
): readonly Said[] {
  const answer: Said[] = [];
  for (const said of flight.filter((one) => one.contentType === contentType.handshake)) {
    const isProtected = said.isProtected && !isBare;
    reader.take(isProtected ? throughRecord(said, from, to) : said.content, isProtected);
    for (let message = reader.next(); message !== undefined; message = reader.next())
      answer.push(...to.take(message));
  }
  return answer;
}

function throughRecord({ contentType: type, content }: Said, from: Handshake, to: Handshake): Buffer {
  const record = from.protection?.seal(type, 0, content);
  const opened = record === undefined ? undefined : to.protection?.open(record);
  if (opened === undefined) throw refusal('a protected record cannot be opened');
  return opened;
}

function haveSameKeys({ client, server }: Trial): boolean {
  const { outcome: ofClient } = client;
  const { outcome: ofServer } = server;
  if (ofClient === undefined || ofServer === undefined) return false;
  return (
    ofClient.outbound.masterKey.equals(ofServer.inbound.masterKey) &&
    ofClient.inbound.masterKey.equals(ofServer.outbound.masterKey)
  );
}

function other(role: Role): Role {
  return role === 'client' ? 'server' : 'client';
}
