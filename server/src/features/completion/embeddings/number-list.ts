/** Where a scan of a list of numbers is. All but the last two say what may come next. */
const states = {
  element: 0,
  afterMinus: 1,
  afterZero: 2,
  digits: 3,
  afterPoint: 4,
  fraction: 5,
  afterE: 6,
  afterESign: 7,
  exponent: 8,
  afterElement: 9,
  beforeElement: 10,
  end: 11,
  fault: 12,
} as const
type State = keyof typeof states

export const listState = { start: states.element, end: states.end, fault: states.fault } as const

const digits = '0123456789'
const blank = ' \t\r\n'

/** From a state by some characters to another. */
type Move = readonly [from: State, characters: string, to: State]

/** What may come, state by state; anything else is a fault. */
function moves(): readonly Move[] {
  const list: Move[] = [
    ...digitsFrom('afterMinus'),
    ['digits', digits, 'digits'],
    ['afterPoint', digits, 'fraction'],
    ['fraction', digits, 'fraction'],
    ['afterE', '+-', 'afterESign'],
    ['afterE', digits, 'exponent'],
    ['afterESign', digits, 'exponent'],
    ['exponent', digits, 'exponent'],
  ]
  for (const from of ['element', 'beforeElement'] as const) {
    list.push([from, blank, 'beforeElement'], [from, '-', 'afterMinus'], ...digitsFrom(from))
  }
  for (const from of ['afterZero', 'digits'] as const) list.push([from, '.', 'afterPoint'])
  for (const from of ['afterZero', 'digits', 'fraction'] as const) list.push([from, 'eE', 'afterE'])
  const ends = ['afterZero', 'digits', 'fraction', 'exponent', 'afterElement'] as const
  for (const from of ends) {
    list.push([from, blank, 'afterElement'], [from, ',', 'element'], [from, ']', 'end'])
  }
  return list
}

function digitsFrom(from: State): readonly Move[] {
  return [
    [from, '0', 'afterZero'],
    [from, digits.slice(1), 'digits'],
  ]
}

/**
 * A list of numbers byte by byte, as JSON writes it: `table[state << 8 | byte]` is the state after
 * the byte. Each comma leads to `element`, and to it alone.
 */
export function numberListTable(): Uint8Array {
  const table = new Uint8Array((states.fault + 1) << 8).fill(states.fault)
  for (const [from, characters, to] of moves()) {
    for (const byte of Buffer.from(characters)) table[(states[from] << 8) | byte] = states[to]
  }
  return table
}
