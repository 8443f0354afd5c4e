import type { Request } from '#services/broker';

/** What a request carries beside its body. */
export type RequestMarks = Pick<Request, 'requestId' | 'traceparent'>;

/** W3C Trace Context section 3.2.2; a value of any other form is to be ignored. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** Reads both from the headers of a request. */
export function requestMarks(header: (name: string) => string | undefined): RequestMarks {
  const requestId = header('Bifrons-Request-Id');
  const traceparent = header('traceparent');
  return {
    ...(requestId !== undefined && requestId !== '' && { requestId }),
    ...(traceparent !== undefined && traceparentForm.test(traceparent) && { traceparent }),
  };
}
