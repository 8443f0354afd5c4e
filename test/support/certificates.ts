import { RTCDtlsTransport } from 'werift';
import { ownCertificate, type Certificate } from '../../backend-janus/webrtc/dtls/certificate.ts';

/** A certificate that nobody else has; ours stays what it was. */
export async function otherCertificate(): Promise<Certificate> {
  const ours = await ownCertificate();
  delete RTCDtlsTransport.localCertificate;
  delete RTCDtlsTransport.localCertificatePromise;
  const other = await ownCertificate();
  RTCDtlsTransport.localCertificate = ours.werift;
  delete RTCDtlsTransport.localCertificatePromise;
  return other;
}
