package profile

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device/payload"
)

// Answer is one of the questions that a DTU asks the controller again and again. An
// answer of Modbus RTU does not say which registers it holds, so it is told by
// function and length: those of one profile differ in them.
type Answer struct {
	Function int // 3 holding registers, 4 input registers
	Register int // the first
	Count    int // 1 to 125
}

// maxFrames is how many answers one message may hold.
const maxFrames = 32

// registers are the answers of one message.
type registers []answered

type answered struct {
	first int
	data  []byte
}

// at is size bytes from a register on, nil if the message does not hold them.
func (r registers) at(register, size int) []byte {
	for _, a := range r {
		if from := 2 * (register - a.first); from >= 0 && from+size <= len(a.data) {
			return a.data[from : from+size]
		}
	}
	return nil
}

// modbusBytes turns hex digits into bytes, with blanks, colons or 0x between
// them as DTUs and their tools write them. What is no text of hex digits is bytes already.
func modbusBytes(data []byte) ([]byte, *payload.Reject) {
	digits := 0
	for _, c := range data {
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			digits++
		case strings.IndexByte(" \t\r\n:,-xX\x00", c) < 0:
			return data, nil
		}
	}
	if digits < 2 || len(data) > 1 && (data[1] == 3 || data[1] == 4) {
		return data, nil
	}
	text := strings.NewReplacer("0x", "", "0X", "", " ", "", "\t", "", "\r", "", "\n", "", ":", "", ",", "", "-", "", "\x00", "").Replace(string(data))
	out, err := hex.DecodeString(text)
	if err != nil {
		return nil, modbusReject("%s is no string of hex digits (%v)", shown(string(data)), err)
	}
	return out, nil
}

// frames takes the answers apart; each stands with its address, function, length and CRC.
func (p *Profile) frames(data []byte, into registers) (registers, *payload.Reject) {
	for len(data) > 0 {
		if len(into) >= maxFrames {
			return nil, modbusReject("there are more than %d answers in one message: send them in several", maxFrames)
		}
		if len(data) < 5 {
			return nil, modbusReject("%d bytes (% x) are too few for an answer: address, function, length, data, CRC", len(data), data)
		}
		function, size := int(data[1]), 3+int(data[2])+2
		if function&0x80 != 0 {
			size = 5
		}
		if len(data) < size {
			return nil, modbusReject("an answer of %d bytes ends after %d: the DTU cut it, raise its packet length or time", size, len(data))
		}
		frame := data[:size]
		data = data[size:]
		if got, want := uint16(frame[size-2])|uint16(frame[size-1])<<8, crc16(frame[:size-2]); got != want {
			return nil, modbusReject("the CRC is %04x where %04x should be (address %d, function %d): the line is disturbed, or it is no Modbus RTU", got, want, frame[0], function)
		}
		if function&0x80 != 0 {
			return nil, modbusReject("the controller answers with exception %d to function %d: it has not those registers, or is busy", frame[2], function&0x7f)
		}
		first, ok := p.asked(function, int(frame[2])/2)
		if !ok {
			return nil, modbusReject("no question of this profile is answered by function %d with %d registers: let the DTU ask %s", function, int(frame[2])/2, p.questions())
		}
		into = append(into, answered{first, frame[3 : size-2]})
	}
	return into, nil
}

func (p *Profile) asked(function, count int) (int, bool) {
	for _, a := range p.Ask {
		if a.Function == function && a.Count == count {
			return a.Register, true
		}
	}
	return 0, false
}

// questions lists what the DTU should ask, for people.
func (p *Profile) questions() string {
	var out []string
	for _, a := range p.Ask {
		out = append(out, fmt.Sprintf("function %d 0x%04X×%d", a.Function, a.Register, a.Count))
	}
	return strings.Join(out, ", ")
}

func modbusReject(format string, args ...any) *payload.Reject {
	return &payload.Reject{Reason: payload.BadModbus, Readings: 1, Text: fmt.Sprintf(format, args...)}
}

// crc16 is that of Modbus over serial line 1.02, 6.2.2: polynomial 0xA001, begun
// with 0xFFFF, sent low byte first.
func crc16(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 == 1 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}
