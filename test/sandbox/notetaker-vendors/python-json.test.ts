import {
  canonicalJson,
  PythonFloat,
  pythonJson,
} from '../../../sandbox/notetaker-vendors/attendee/python-json.js';

/** What Python 3.11's `json.dumps` made of the same value is written out below. */
const value = {
  b: new PythonFloat(1),
  a: new PythonFloat(0.07),
  '9': 'é\u2028\u007f"\\\n',
  '10': [1, true, null],
  '\u{1F600}': 'x',
  '\uFFFD': { z: {}, y: new PythonFloat(-2.5) },
  k: [],
};

it('writes on the wire as Python does: spaces, floats, everything else escaped', () => {
  const text = pythonJson(value);
  expect(text).toContain('"b": 1.0, "a": 0.07');
  expect(text).toContain('"10": [1, true, null]');
  expect(text).toContain('"9": "\\u00e9\\u2028\\u007f\\"\\\\\\n"');
  expect(text).toContain('"\\ud83d\\ude00": "x", "\\ufffd": {"z": {}, "y": -2.5}, "k": []');
});

it('signs keys in the order of code points, without spaces and unescaped', () => {
  expect(canonicalJson(value)).toBe(
    '{"10":[1,true,null],"9":"é\u2028\u007f\\"\\\\\\n","a":0.07,"b":1.0,"k":[],"\uFFFD":{"y":-2.5,"z":{}},"\u{1F600}":"x"}',
  );
});
