import { describe, expect, test } from 'vitest';
import {
  countRequestFilters,
  readRequestQuery,
  requestParameters,
  requestsPath,
} from '../../../src/pages/requests/request-query.ts';

const parametersOf = (search: string): string => requestParameters(readRequestQuery(search)).toString();

describe('the list of requests', () => {
  test.each([
    ['', '', '/requests', 0],
    ['?show=mine&who=dana', 'who=dana&mine=true', '/requests?show=mine&who=dana', 1],
    ['?show=voted&state=denied', 'state=denied&voted=true', '/requests?show=voted&state=denied', 1],
    ['?resource=%20orders-db%20', 'resource=orders-db', '/requests?resource=orders-db', 1],
  ])('%s asks for %s', (search, parameters, path, filters) => {
    const query = readRequestQuery(search);
    expect(parametersOf(search)).toBe(parameters);
    expect(requestsPath(query)).toBe(path);
    expect(countRequestFilters(query)).toBe(filters);
  });

  test('leaves out what is not known, and what its choice says already', () => {
    expect(parametersOf('?show=none&state=gone&other=1')).toBe('');
    expect(parametersOf('?show=pending&state=denied')).toBe('state=pending');
    expect(countRequestFilters(readRequestQuery('?show=pending&state=denied'))).toBe(0);
    expect(parametersOf('?show=vote&who=dana')).toBe('forMe=true');
    expect(countRequestFilters(readRequestQuery('?show=vote&who=dana'))).toBe(0);
    expect(readRequestQuery(`?who=${'x'.repeat(300)}`).who).toHaveLength(200);
  });
});
