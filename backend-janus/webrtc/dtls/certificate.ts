import { RTCDtlsTransport, type RTCCertificate } from 'werift';

/** Our side's proof in DTLS: ECDSA on P-256, self-signed, made once per process and kept in memory only. */
export interface Certificate {
  readonly werift: RTCCertificate;
  /** SHA-256 as in `a=fingerprint` (RFC 8122 section 5). */
  readonly fingerprint: { readonly algorithm: string; readonly value: string };
}

/** Makes the certificate of this process, or returns it if it was made before. */
export async function ownCertificate(): Promise<Certificate> {
  const werift = await RTCDtlsTransport.SetupCertificate();
  const fingerprint = werift.getFingerprints().find(({ algorithm }) => algorithm === 'sha-256');
  if (fingerprint === undefined) throw new TypeError('a certificate without a SHA-256 fingerprint');
  return { werift, fingerprint: { algorithm: fingerprint.algorithm, value: fingerprint.value } };
}
