// The process of a PeerProcess: says its offer to whoever forked it, and takes the answer.
import { fieldsOf, textOf } from './nats-caller.ts';
import { WrtcPeer } from './wrtc-peer.ts';

const peer = new WrtcPeer();
process.on('message', (said) => void peer.accept(textOf(fieldsOf(said), 'answer')));
process.on('disconnect', () => process.exit(1));
process.send?.({ offer: await peer.wholeOffer() });
