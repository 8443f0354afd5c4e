import type { JanusMessages, JanusName } from '#schemas';
import { readBody } from '../shared/read-body.ts';
import { videoRoomErrors } from './refusals.ts';

/** Reads a body, or a part of one, by its schema. Throws PluginError 429 or 430. */
export function readRequest<Name extends JanusName & `videoroom${string}`>(
  name: Name,
  body: object,
): JanusMessages[Name] {
  const { missingElement, invalidElement } = videoRoomErrors;
  return readBody(name, body, { missing: missingElement, invalid: invalidElement });
}
