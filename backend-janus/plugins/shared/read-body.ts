import { checkJanus, type JanusMessages, type JanusName } from '#schemas';
import { PluginError } from '#janus/gateway';
import { faultText } from '#janus/protocol';

/** The numbers that a plugin has for what is missing and for what has the wrong type. */
export interface BodyErrors {
  readonly missing: number;
  readonly invalid: number;
}

/** Reads the body of a message by the plugin's schema. Throws PluginError in the words that all plugins share. */
export function readBody<Name extends JanusName>(
  name: Name,
  body: object,
  errors: BodyErrors,
): JanusMessages[Name] {
  const checked = checkJanus(name, body);
  if (checked.ok) return checked.value;
  const number = checked.fault.name === 'missing' ? errors.missing : errors.invalid;
  throw new PluginError(number, faultText(checked.fault));
}
