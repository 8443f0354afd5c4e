import type { Reply, Request } from '#services/broker';
import { refusal } from './replies.ts';

/** What a request carries beside its body. */
export type RequestMarks = Pick<Request, 'requestId' | 'traceparent'>;

/** The header that makes a command idempotent. */
export const requestIdHeader = 'Bifrons-Request-Id';

/** W3C Trace Context section 2.2. */
export const traceHeader = 'traceparent';

/** Request ids are kept for minutes, so they are short. */
const mostIdLength = 128;

/** W3C Trace Context section 3.2.2; a value of any other form is to be ignored. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** Reads both from the headers of a request, or answers `syntax_error` for a request id that is too long. */
export function requestMarks(header: (name: string) => string | undefined): RequestMarks | Reply {
  const requestId = header(requestIdHeader);
  const traceparent = header(traceHeader);
  if (requestId !== undefined && requestId.length > mostIdLength) {
    const hint = `${requestIdHeader} must have at most ${mostIdLength} characters`;
    return refusal('syntax_error', requestIdHeader, hint);
  }
  return {
    ...(requestId !== undefined && requestId !== '' && { requestId }),
    ...(traceparent !== undefined && traceparentForm.test(traceparent) && { traceparent }),
  };
}
