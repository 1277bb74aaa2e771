package web

import (
	"encoding/json"
	"math"
	"reflect"
)

// encode writes a value of wire.go as JSON that the browser's half can rely on: lists and maps are never
// null, and numbers that JSON does not have are.
func encode(v any) ([]byte, error) {
	at := reflect.New(reflect.TypeOf(v)).Elem()
	at.Set(reflect.ValueOf(v))
	return json.Marshal(fill(at).Interface())
}

// fill returns a value in which nil lists and maps are empty. What it was given is left as it was.
func fill(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Slice:
		return fillSlice(v)
	case reflect.Map:
		filled := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			filled.SetMapIndex(each.Key(), fill(each.Value()))
		}
		return filled
	case reflect.Struct:
		return fillStruct(v)
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		filled := reflect.New(v.Type().Elem())
		filled.Elem().Set(fill(v.Elem()))
		return filled
	case reflect.Interface:
		return fillAny(v)
	}
	return v
}

func fillSlice(v reflect.Value) reflect.Value {
	if v.Type().Elem().Kind() == reflect.Uint8 { // text that is JSON already, or bytes
		return v
	}
	filled := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		filled.Index(i).Set(fill(v.Index(i)))
	}
	return filled
}

// fillStruct leaves structs alone whose fields are their own business, such as a time.
func fillStruct(v reflect.Value) reflect.Value {
	filled := reflect.New(v.Type()).Elem()
	filled.Set(v)
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			filled.Field(i).Set(fill(v.Field(i)))
		}
	}
	return filled
}

// fillAny looks at what data brings along, which may be a number that is none in JSON.
func fillAny(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	if f, ok := v.Interface().(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return reflect.Zero(v.Type())
	}
	filled := reflect.New(v.Type()).Elem()
	filled.Set(fill(v.Elem()))
	return filled
}
