package registry

import (
	"bytes"
	"unicode/utf8"
)

// BOM is the mark that lets spreadsheets know a file is UTF-8. Import takes files
// with or without it; export leaves it out, and a download for a spreadsheet may
// put it in front.
const BOM = "\ufeff"

// plainUTF8 takes the mark off and refuses any other encoding by its name.
func plainUTF8(file string, data []byte) ([]byte, *LineError) {
	refuse := func(line int, m *mistake) ([]byte, *LineError) {
		e := m.at(file, line, "", "")
		return nil, &e
	}
	const save = "in Excel choose Save As, CSV UTF-8 (comma delimited), and import that file"
	const saveZH = "请在 Excel 里“另存为”“CSV UTF-8（逗号分隔）”再导入"
	switch {
	case bytes.HasPrefix(data, []byte(BOM)):
		data = data[len(BOM):]
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return refuse(0, wrong("the file is in UTF-16 (“Unicode text”), not UTF-8", save, "文件是 UTF-16 编码；"+saveZH))
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return refuse(0, wrong("this is a spreadsheet (xlsx), not CSV", save, "这是 Excel 文件，不是 CSV；"+saveZH))
	}
	if utf8.Valid(data) {
		return data, nil
	}
	line := 1
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		rest = rest[n:]
	}
	if looksGBK(data) {
		return refuse(line, wrong("the file is in GBK, as Excel in China saves plain CSV, not UTF-8", save, "文件是 GBK 编码，不是 UTF-8；"+saveZH))
	}
	return refuse(line, wrong("the file is not UTF-8", save, "文件不是 UTF-8 编码；"+saveZH))
}

// looksGBK says whether every byte above 127 belongs to a GBK or GB 18030 character.
func looksGBK(data []byte) bool {
	for i := 0; i < len(data); {
		switch b := data[i]; {
		case b < 0x80:
			i++
		case b == 0x80 || b == 0xff || i+1 >= len(data):
			return false
		case data[i+1] >= 0x40 && data[i+1] != 0x7f && data[i+1] != 0xff:
			i += 2
		case i+3 < len(data) && digit(data[i+1]) && data[i+2] >= 0x81 && data[i+2] != 0xff && digit(data[i+3]):
			i += 4
		default:
			return false
		}
	}
	return true
}

func digit(b byte) bool { return b >= '0' && b <= '9' }
