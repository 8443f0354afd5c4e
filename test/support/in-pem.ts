import type { DtlsServer } from 'werift';
import type { Certificate } from '../../backend-janus/webrtc/dtls/certificate.ts';

/** A certificate as werift's own DTLS takes it. */
export function inPem({
  der,
  key,
}: Certificate): Pick<ConstructorParameters<typeof DtlsServer>[0], 'cert' | 'key' | 'signatureHash'> {
  const body = der.toString('base64').replace(/.{64}(?!$)/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    signatureHash: { hash: 4, signature: 3 },
  };
}
