//! Damages bytes and texts.

use super::dice::Dice;

/// Numbers at which readers fail: ends of types, and sizes that no memory has.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 40,
    1 << 56,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];

/// Words in place of a number or a name.
pub(crate) const WORDS: [&str; 22] = [
    "",
    "0",
    "-1",
    "1e300",
    "-1e300",
    "1e-300",
    "NaN",
    "inf",
    "-inf",
    "18446744073709551615",
    "9223372036854775807",
    "99999999999999999999999999",
    "true",
    "\"",
    "'",
    "a\u{1b}[31mred",
    "../../../etc/passwd",
    "\u{0}",
    "é\u{301}\u{202e}x",
    "=1+1",
    "[",
    "{}",
];

/// Damages bytes in one of several ways.
pub(crate) fn bytes(dice: &mut Dice, data: &mut Vec<u8>) {
    match dice.below(8) {
        0..=2 => flip(dice, data),
        3 => data.truncate(dice.below(data.len() + 1)),
        4 | 5 => number(dice, data),
        6 => block(dice, data),
        _ => address(dice, data),
    }
}

/// One to eight bytes become others, often near the start, where headers are.
fn flip(dice: &mut Dice, data: &mut [u8]) {
    for _ in 0..=dice.below(8) {
        let end = if dice.one_in(3) { 4096 } else { data.len() };
        if let Some(at) = dice.below(end.max(1)).checked_rem(data.len()) {
            data[at] = match dice.below(3) {
                0 => data[at] ^ (1 << dice.below(8)),
                1 => dice.byte(),
                _ => *dice.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            };
        }
    }
}

/// A size becomes a lie: a small number that is stored in 2, 4 or 8 bytes is replaced.
fn number(dice: &mut Dice, data: &mut [u8]) {
    let width = *dice.pick(&[2, 4, 8]);
    let spots: Vec<usize> = (0..data.len().saturating_sub(width))
        .step_by(2)
        .filter(|&at| {
            let value = little_endian(&data[at..at + width]);
            value != 0 && value < 1 << 20
        })
        .collect();
    if spots.is_empty() {
        return flip(dice, data);
    }
    for _ in 0..=dice.below(2) {
        let at = *dice.pick(&spots);
        let lie = dice.pick(&NUMBERS).to_le_bytes();
        data[at..at + width].copy_from_slice(&lie[..width]);
    }
}

/// A run of bytes becomes zero, is repeated elsewhere, or is cut out.
fn block(dice: &mut Dice, data: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    let start = dice.below(data.len());
    let end = (start + 1 + dice.below(512)).min(data.len());
    match dice.below(3) {
        0 => data[start..end].fill(0),
        1 => {
            let copy = data[start..end].to_vec();
            let to = dice.below(data.len() - copy.len() + 1);
            data[to..to + copy.len()].copy_from_slice(&copy);
        }
        _ => drop(data.drain(start..end)),
    }
}

/// A place in the file points to another place: cycles, overlaps, one object under two names.
fn address(dice: &mut Dice, data: &mut [u8]) {
    let length = data.len() as u64;
    let spots: Vec<usize> = (0..data.len().saturating_sub(8))
        .step_by(8)
        .filter(|&at| {
            let value = little_endian(&data[at..at + 8]);
            value >= 48 && value < length && value.is_multiple_of(8)
        })
        .collect();
    if spots.len() < 2 {
        return flip(dice, data);
    }
    let (to, from) = (*dice.pick(&spots), *dice.pick(&spots));
    data.copy_within(from..from + 8, to);
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, &b| (value << 8) | u64::from(b))
}

/// A number that is written in digits becomes another one: sizes in headers of `.npy` and `.safetensors`, settings in JSON.
pub(crate) fn digits(dice: &mut Dice, data: &mut Vec<u8>) {
    let end = data.len().min(8192);
    let starts: Vec<usize> = (0..end)
        .filter(|&at| data[at].is_ascii_digit() && (at == 0 || !data[at - 1].is_ascii_digit()))
        .collect();
    if starts.is_empty() {
        return bytes(dice, data);
    }
    let start = *dice.pick(&starts);
    let digits = data[start..].iter().take_while(|b| b.is_ascii_digit());
    let end = start + digits.count();
    let number = dice.pick(&DIGITS).bytes();
    data.splice(start..end, number);
}

const DIGITS: [&str; 10] = [
    "0",
    "1",
    "3",
    "65536",
    "4294967296",
    "1000000000000",
    "9223372036854775807",
    "18446744073709551615",
    "-1",
    "1e300",
];

/// Damages a table in text, or its bytes.
pub(crate) fn text(dice: &mut Dice, data: &mut Vec<u8>) {
    if dice.one_in(4) {
        return bytes(dice, data);
    }
    let whole = String::from_utf8_lossy(data).into_owned();
    let mut lines: Vec<String> = whole.split('\n').map(String::from).collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(lines.len());
        match dice.below(7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = *dice.pick(&["\t", ";", ",,", "\",\""]);
                lines[at] = lines[at].replace(',', other);
            }
            3 => {
                let word = *dice.pick(&WORDS);
                lines[at].push_str(word);
            }
            4 => lines[at] = dice.pick(&WORDS).repeat(1 + dice.below(100_000)),
            5 => lines.rotate_left(at),
            _ => {
                let word = *dice.pick(&WORDS);
                let mut cells: Vec<&str> = lines[at].split(',').collect();
                let cell = dice.below(cells.len());
                cells[cell] = word;
                lines[at] = cells.join(",");
            }
        }
        if lines.is_empty() {
            break;
        }
    }
    *data = lines.join("\n").into_bytes();
}
