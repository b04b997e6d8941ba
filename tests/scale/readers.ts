import autocannon from 'autocannon';
import { mapReading } from '../hardening/load.ts';

/** What readers saw. */
export interface Read {
  requestsPerSecond: number;
  p50ms: number;
  p99ms: number;
  /** Answers that were not 200, and connections that broke. */
  failed: number;
}

/** So many readers ask as the page does for views, their lists and timelines, and events, without a pause, for so many seconds. */
export async function readAtlas(
  url: string,
  events: number,
  connections: number,
  seconds: number,
): Promise<Read> {
  const { requests, latency, non2xx, errors } = await autocannon({
    url: `${url}/graphql`,
    connections,
    duration: seconds,
    timeout: 30,
    requests: mapReading(events).map((asked) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    })),
  });
  return {
    requestsPerSecond: Math.round(requests.average),
    p50ms: latency.p50,
    p99ms: latency.p99,
    failed: non2xx + errors,
  };
}
