import { describe, expect, it } from 'vitest';
import { combinedSources } from '../../src/parse/chrony-sources.ts';

describe('combinedSources', () => {
  it('counts what is followed and combined, not what is rejected, unused or unreachable', () => {
    const lines = [
      '^,*,127.0.0.2,8,0,37,0,0.000000045,0.000002822,0.000015459',
      '^,+,127.0.0.3,8,0,37,0,0.000000045,0.000002822,0.000015459',
      '#,+,PPS0,0,4,377,11,-0.000000479,-0.000000232,0.000000116',
      '^,x,127.0.0.4,8,0,37,0,3600.000000045,3600.000002822,0.000015459',
      '^,-,127.0.0.5,8,0,37,0,0.1,0.1,0.2',
      '^,?,127.0.0.6,0,6,0,4294967295,0.0,0.0,0.0',
      '^,~,127.0.0.7,2,6,377,1,0.0,0.0,0.0',
      '',
    ];
    expect(combinedSources(lines.join('\n'))).toBe(3);
  });

  it.each(['', '506 Cannot talk to daemon', '*,*,*'])('finds none in %j', (text) => {
    expect(combinedSources(text)).toBe(0);
  });
});
