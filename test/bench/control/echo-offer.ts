import { readFixture } from '../../fixtures/sdp/read-fixture.ts';

/** Chromium's offer of sound, picture and data, without candidates, so that no server looks for a peer. */
export const echoOffer = readFixture('chromium-echo-offer.sdp');
