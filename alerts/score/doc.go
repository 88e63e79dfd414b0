// Package score compares alerts with labels of what was really wrong: for each
// fault how many were found and how soon, and which alerts were false. It promises
// that each label and each alert counts once: a label is found or missed (an
// optional one may also count not at all), an alert is right, explained by
// something that was wrong there, or false.
package score
