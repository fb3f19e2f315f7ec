import { describe, expect, it } from 'vitest'
import { parseTemplate, renderTemplate } from './template.ts'

/** Source: hypersigil contract §4.1. */
describe('Templates', () => {
  it.each([
    ['escapes for HTML', '{{x}}', { x: `&<>"'/\`=` }, '&amp;&lt;&gt;&quot;&#39;&#x2F;&#x60;&#x3D;'],
    ['leaves triple braces as they are', '{{{x}}}{{&x}}', { x: '<&' }, '<&<&'],
    ['writes nothing for what is missing or null', '[{{x}}{{y}}{{y.z}}]', { y: null }, '[]'],
    ['follows a path', '{{a.b.c}}', { a: { b: { c: 1 } } }, '1'],
    ['finds the first step outside', '{{#s}}{{a.b}}{{/s}}', { a: { b: 2 }, s: { c: 1 } }, '2'],
    ['repeats a section', '{{#l}}{{.}},{{/l}}', { l: [1, 'b', true] }, '1,b,true,'],
    ['inverts a section', '{{^l}}none{{/l}}{{#l}}some{{/l}}', { l: [] }, 'none'],
    ['takes 0 and an empty text for nothing', '{{#a}}x{{/a}}{{^b}}y{{/b}}', { a: 0, b: '' }, 'y'],
    [
      'writes numbers and booleans as JavaScript does',
      '{{n}} {{t}}',
      { n: 1.5, t: true },
      '1.5 true',
    ],
    ['joins lists and names objects', '{{l}} {{o}}', { l: [1, 2], o: {} }, '1,2 [object Object]'],
    ['knows no partials', '[{{> other}}]', {}, '[]'],
    ['changes delimiters', '{{=<% %>=}}<% x %> {{x}}', { x: 1 }, '1 {{x}}'],
    ['drops comments', 'a{{! note }}b', {}, 'ab'],
    ['swallows the line of a section', 'a\n{{#x}}\nb\n{{/x}}\nc', { x: true }, 'a\nb\nc'],
    ['takes a scalar for the root', '{{.}}', 7, '7'],
    [
      'finds the length of a text by a path only',
      '{{w.length}} {{#w}}{{length}}{{/w}}',
      { w: 'abc' },
      '3 ',
    ],
  ])('%s', (_title, template, data, text) => {
    expect(renderTemplate(template, data, 'html')).toBe(text)
  })

  it('escapes nothing where that is asked for', () => {
    expect(renderTemplate('{{x}} {{n}}', { x: '<&>', n: 1 }, 'none')).toBe('<&> 1')
  })

  it('finds nothing that objects, lists and texts inherit', () => {
    const template =
      '{{constructor}}{{toString}}{{l.join}}{{w.trim}}{{#constructor.constructor}}x{{/constructor.constructor}}'
    expect(renderTemplate(template, { l: [1], w: 'a' }, 'html')).toBe('')
  })

  it('keeps a member that is called like one that objects inherit', () => {
    const data: unknown = JSON.parse('{"__proto__":"p","constructor":"c"}')
    expect(renderTemplate('{{__proto__}}{{constructor}}', data, 'html')).toBe('pc')
  })

  it.each(['{{x', '{{#a}}', '{{#a}}{{/b}}', '{{/a}}'])('refuses the syntax of %s', (template) => {
    expect(() => parseTemplate(template)).toThrow(/Unclosed|Unopened/)
  })

  it('refuses null for the root', () => {
    expect(() => renderTemplate('{{x}}', null, 'html')).toThrow(TypeError)
  })
})
