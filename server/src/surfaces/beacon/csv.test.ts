import { expect, test } from 'vitest'
import { newSpan, type Span, type SpanInput, type Trace } from '../../features/traces/index.ts'
import { unsettled } from '../../features/traces/span.ts'
import { csvWriter, downloadName } from './csv.ts'

const trace: Trace = {
  seq: 1,
  traceId: 't1',
  name: 'A trace',
  startTime: 0,
  endTime: null,
  spanCount: 1,
  status: 'ok',
  totalCostUsd: 0,
  totalTokens: 0,
  tags: {},
  sdkLanguage: null,
  ownerKey: null,
  createdAt: 0,
}

function rowOf(given: Partial<SpanInput>): string {
  const input: SpanInput = {
    spanId: 's1',
    traceId: 't1',
    parentSpanId: null,
    spanType: 'tool_use',
    name: 'call',
    status: 'ok',
    errorMessage: null,
    startTime: 1700000000.5,
    endTime: null,
    sdkLanguage: null,
    attributes: {},
    ...given,
  }
  const span = newSpan(input)
  const stored: Span = { ...span, ...unsettled(span), seq: 1, annotationsJson: '[]', createdAt: 0 }
  return csvWriter.span(stored, 0)
}

function nameCell(name: string): string {
  return rowOf({ name }).slice('t1,s1,,'.length, -',tool_use,1700000000.5,,,ok,,\r\n'.length)
}

test('a header row comes first and every row ends with CRLF', () => {
  expect(csvWriter.open(trace) + csvWriter.close(trace)).toBe(
    'trace_id,span_id,parent_span_id,name,span_type,start_time,end_time,duration_ms,status,cost,tokens\r\n',
  )
})

test('null is an empty cell and numbers are written as they are', () => {
  expect(rowOf({})).toBe('t1,s1,,call,tool_use,1700000000.5,,,ok,,\r\n')
  const attributes = { 'llm.cost_usd': -0.000001, 'llm.tokens.total': 12 }
  expect(rowOf({ parentSpanId: 'p', endTime: 1700000000.25, attributes })).toBe(
    't1,s1,p,call,tool_use,1700000000.5,1700000000.25,-250,ok,-0.000001,12\r\n',
  )
})

test.each([
  ['0.25', '0.25'],
  ['-3', '-3'],
  ['-3+cmd', `'-3+cmd`],
  [null, ''],
  [true, 'true'],
  [[1, 2], '"[1,2]"'],
])('a cost sent as %j is written as %s', (cost, cell) => {
  const row = rowOf({ attributes: { 'llm.cost_usd': cost } })
  expect(row).toBe(`t1,s1,,call,tool_use,1700000000.5,,,ok,${cell},\r\n`)
})

test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['a\rb', '"a\rb"'],
  ['plain text', 'plain text'],
  ['', ''],
])('the name %j is quoted as RFC 4180 asks: %j', (name, cell) => {
  expect(nameCell(name)).toBe(cell)
})

test.each([
  ['=1+1', `'=1+1`],
  ['+cmd', `'+cmd`],
  ['-cmd', `'-cmd`],
  ['@sum', `'@sum`],
  ['\tx', `'\tx`],
  ['\r=1', `"'\r=1"`],
  ['=A1,"b"', `"'=A1,""b"""`],
  ['a=b', 'a=b'],
])('the name %j cannot run as a formula: %j', (name, cell) => {
  expect(nameCell(name)).toBe(cell)
})

test.each([
  ['0123456789', '01234567'],
  ['ab', 'ab'],
  ['', ''],
  ['a/b\\c"d\r\n', 'a_b_c_d_'],
  ['ü😀😀x.-_yz', '___x.-_y'],
  ['😀'.repeat(9), '________'],
])('the trace %j downloads as %j', (traceId, name) => {
  expect(downloadName(traceId)).toBe(name)
})
